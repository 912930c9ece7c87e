;; GHASH and the tag of GCM (NIST SP 800-38D 6.4, 7.1).
;;
;; Constant time: no branch and no address depends on a key or on the bytes of a packet, only on lengths. What
;; `i8x16.swizzle` looks sixteen bytes up in is a register, and its one instruction takes the same time for all indices
;; (PSHUFB, TBL); the tables themselves are read from memory whole, in the same order for every block.
(module
  (import "counterMode" "memory" (memory 52))

  ;; In the order of SP 800-38D, byte i of a block stands for x^8i to x^(8i+7), its most significant bit for the lowest
  ;; power. A block is the sum of its nibbles; a nibble times a power of H, as if it stood in byte 0, is 17 bytes long.
  ;; For each of the 17 a table says what it is for every nibble there is, and one swizzle looks up sixteen nibbles of a
  ;; block. The table for byte t and H^j lies at key + 128t + 32(j-1), 16 bytes for upper nibbles, then 16 for lower.
  ;;
  ;; Four blocks at a time: ((x + b0) H^4 + b1 H^3 + b2 H^2 + b3 H), summed before it is reduced.
  (func $ghash (param $key i32) (param $at i32) (param $end i32) (result v128)
    (local $x v128) (local $low v128) (local $high v128) (local $carry v128) (local $table i32)
    (local $u0 v128) (local $u1 v128) (local $u2 v128) (local $u3 v128)
    (local $l0 v128) (local $l1 v128) (local $l2 v128) (local $l3 v128)
    (loop $group
      (local.set $x (v128.xor (local.get $x) (v128.load (local.get $at))))
      (local.set $u0 (i8x16.shr_u (local.get $x) (i32.const 4)))
      (local.set $u1 (i8x16.shr_u (v128.load offset=16 (local.get $at)) (i32.const 4)))
      (local.set $u2 (i8x16.shr_u (v128.load offset=32 (local.get $at)) (i32.const 4)))
      (local.set $u3 (i8x16.shr_u (v128.load offset=48 (local.get $at)) (i32.const 4)))
      (local.set $l0 (v128.and (local.get $x) (v128.const i64x2 0x0f0f0f0f0f0f0f0f 0x0f0f0f0f0f0f0f0f)))
      (local.set $l1
        (v128.and (v128.load offset=16 (local.get $at)) (v128.const i64x2 0x0f0f0f0f0f0f0f0f 0x0f0f0f0f0f0f0f0f)))
      (local.set $l2
        (v128.and (v128.load offset=32 (local.get $at)) (v128.const i64x2 0x0f0f0f0f0f0f0f0f 0x0f0f0f0f0f0f0f0f)))
      (local.set $l3
        (v128.and (v128.load offset=48 (local.get $at)) (v128.const i64x2 0x0f0f0f0f0f0f0f0f 0x0f0f0f0f0f0f0f0f)))
      ;; From the 17th byte down: the sum so far moves up by a byte, and the next table's look-ups come in below.
      (local.set $low (v128.const i64x2 0 0))
      (local.set $high (v128.const i64x2 0 0))
      (local.set $table (i32.add (local.get $key) (i32.const 2048)))
      (loop $byte
        (local.set $high
          (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 (local.get $low) (local.get $high)))
        (local.set $low
          (v128.xor
            (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 (v128.const i64x2 0 0) (local.get $low))
            (v128.xor
              (v128.xor
                (v128.xor
                  (i8x16.swizzle (v128.load offset=96 (local.get $table)) (local.get $u0))
                  (i8x16.swizzle (v128.load offset=112 (local.get $table)) (local.get $l0)))
                (v128.xor
                  (i8x16.swizzle (v128.load offset=64 (local.get $table)) (local.get $u1))
                  (i8x16.swizzle (v128.load offset=80 (local.get $table)) (local.get $l1))))
              (v128.xor
                (v128.xor
                  (i8x16.swizzle (v128.load offset=32 (local.get $table)) (local.get $u2))
                  (i8x16.swizzle (v128.load offset=48 (local.get $table)) (local.get $l2)))
                (v128.xor
                  (i8x16.swizzle (v128.load (local.get $table)) (local.get $u3))
                  (i8x16.swizzle (v128.load offset=16 (local.get $table)) (local.get $l3)))))))
        (br_if $byte
          (i32.ge_u (local.tee $table (i32.sub (local.get $table) (i32.const 128))) (local.get $key))))
      ;; x^128 = 1 + x + x^2 + x^7. `carry` is what leaves each byte of that product: it belongs into the byte behind,
      ;; and what leaves the last one, seven bits at most, is folded once more.
      (local.set $carry
        (v128.xor
          (v128.xor (i8x16.shl (local.get $high) (i32.const 7)) (i8x16.shl (local.get $high) (i32.const 6)))
          (i8x16.shl (local.get $high) (i32.const 1))))
      (local.set $low
        (v128.xor
          (v128.xor
            (v128.xor (local.get $low) (local.get $high))
            (v128.xor (i8x16.shr_u (local.get $high) (i32.const 1)) (i8x16.shr_u (local.get $high) (i32.const 2))))
          (v128.xor
            (i8x16.shr_u (local.get $high) (i32.const 7))
            (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30
              (v128.const i64x2 0 0) (local.get $carry)))))
      (local.set $high
        (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 (local.get $carry) (v128.const i64x2 0 0)))
      (local.set $carry
        (v128.xor
          (v128.xor (i8x16.shl (local.get $high) (i32.const 7)) (i8x16.shl (local.get $high) (i32.const 6)))
          (i8x16.shl (local.get $high) (i32.const 1))))
      (local.set $x
        (v128.xor
          (v128.xor
            (v128.xor (local.get $low) (local.get $high))
            (v128.xor (i8x16.shr_u (local.get $high) (i32.const 1)) (i8x16.shr_u (local.get $high) (i32.const 2))))
          (v128.xor
            (i8x16.shr_u (local.get $high) (i32.const 7))
            (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30
              (v128.const i64x2 0 0) (local.get $carry)))))
      (br_if $group (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 64))) (local.get $end))))
    (local.get $x))

  ;; The tag of GCM (SP 800-38D 7.1) into the 16 bytes at `out`: of the `header` bytes, a multiple of 4, that end at
  ;; `at`, and the `length` bytes of ciphertext that begin there, with the enciphered first counter block at `mask` and the
  ;; tables of the key at `key`. Overwrites the header, 63 bytes before it and 32 behind the ciphertext.
  (func (export "gcmTag")
    (param $key i32) (param $at i32) (param $header i32) (param $length i32) (param $mask i32) (param $out i32)
    (local $start i32) (local $from i32) (local $to i32) (local $end i32)
    ;; The header moves down until, with zeros behind it, it fills whole blocks before `at`.
    (local.set $from (i32.sub (local.get $at) (local.get $header)))
    (local.set $start
      (i32.sub (local.get $at) (i32.and (i32.add (local.get $header) (i32.const 15)) (i32.const -16))))
    (local.set $to (local.get $start))
    (loop $move
      (v128.store (local.get $to) (v128.load (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $move (i32.lt_u (local.tee $to (i32.add (local.get $to) (i32.const 16))) (local.get $at))))
    (local.set $to (i32.add (local.get $start) (local.get $header)))
    (block $filled
      (loop $fill
        (br_if $filled (i32.eq (local.get $to) (local.get $at)))
        (i32.store (local.get $to) (i32.const 0))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (br $fill)))
    ;; Zeros to the end of the last block of ciphertext, and behind it the two lengths in bits.
    (v128.store (i32.add (local.get $at) (local.get $length)) (v128.const i64x2 0 0))
    (local.set $end
      (i32.add (local.get $at) (i32.and (i32.add (local.get $length) (i32.const 15)) (i32.const -16))))
    (v128.store (local.get $end)
      (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12
        (i32x4.replace_lane 3
          (i32x4.replace_lane 1 (v128.const i64x2 0 0) (i32.shl (local.get $header) (i32.const 3)))
          (i32.shl (local.get $length) (i32.const 3)))
        (v128.const i64x2 0 0)))
    (local.set $end (i32.add (local.get $end) (i32.const 16)))
    ;; Blocks of zeros in front make the number of blocks a multiple of four, and change nothing: the sum is still 0.
    (v128.store (i32.sub (local.get $start) (i32.const 16)) (v128.const i64x2 0 0))
    (v128.store (i32.sub (local.get $start) (i32.const 32)) (v128.const i64x2 0 0))
    (v128.store (i32.sub (local.get $start) (i32.const 48)) (v128.const i64x2 0 0))
    (local.set $start
      (i32.sub (local.get $start) (i32.and (i32.sub (local.get $start) (local.get $end)) (i32.const 48))))
    (v128.store (local.get $out)
      (v128.xor (v128.load (local.get $mask)) (call $ghash (local.get $key) (local.get $start) (local.get $end))))))
