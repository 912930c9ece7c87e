;; Counter mode: the blocks that AES turns into keystream, and the XOR of keystream and packet (RFC 3711 4.1.1).
;;
;; Constant time: no branch and no address depends on a key or on the bytes of a packet, only on lengths.
;; The memory is this module's, and the other two kernels import it; `kernel-memory.ts` says what lies where.
(module
  (memory (export "memory") 52)

  ;; Writes the counter blocks of `packets` consecutive packets, `blocks` each, from `at` on. A block is the 16 bytes at
  ;; `template`, XOR the 48-bit index of its packet moved left by `shift` bits, XOR its number, counted from `first`.
  ;; AES-CM moves the index by 16 bits and counts from 0 (RFC 3711 4.1.1), GCM by 32 and from 1 (RFC 7714 8.1).
  (func (export "counters")
    (param $at i32) (param $template i32) (param $high i32) (param $low i32) (param $shift i32) (param $first i32)
    (param $packets i32) (param $blocks i32)
    (local $index i64) (local $upper v128) (local $lower i64) (local $end i32) (local $number i64)
    (local.set $index
      (i64.or (i64.shl (i64.extend_i32_u (local.get $high)) (i64.const 32)) (i64.extend_i32_u (local.get $low))))
    (loop $packet
      ;; In a number of 128 bits, most significant byte first: what the lower half loses is in the upper.
      (local.set $upper
        (i64x2.splat (i64.shr_u (local.get $index) (i64.extend_i32_u (i32.sub (i32.const 64) (local.get $shift))))))
      (local.set $lower (i64.shl (local.get $index) (i64.extend_i32_u (local.get $shift))))
      (local.set $number (i64.extend_i32_u (local.get $first)))
      (local.set $end (i32.add (local.get $at) (i32.shl (local.get $blocks) (i32.const 4))))
      (loop $block
        (v128.store (local.get $at)
          (v128.xor
            (v128.load (local.get $template))
            (i8x16.shuffle 7 6 5 4 3 2 1 0 15 14 13 12 11 10 9 8
              (i64x2.replace_lane 1 (local.get $upper) (i64.or (local.get $lower) (local.get $number)))
              (local.get $upper))))
        (local.set $number (i64.add (local.get $number) (i64.const 1)))
        (br_if $block (i32.ne (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
      (local.set $index (i64.add (local.get $index) (i64.const 1)))
      (br_if $packet (local.tee $packets (i32.sub (local.get $packets) (i32.const 1))))))

  ;; XORs the keystream at `keystream` onto `length` bytes at `at`, and on as far as the next multiple of 16.
  (func (export "xor") (param $at i32) (param $keystream i32) (param $length i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done
      (br_if $done (i32.eqz (local.get $length)))
      (loop $block
        (v128.store (local.get $at) (v128.xor (v128.load (local.get $at)) (v128.load (local.get $keystream))))
        (local.set $keystream (i32.add (local.get $keystream) (i32.const 16)))
        (br_if $block (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))))
