;; HMAC-SHA1 (RFC 2104, RFC 3174) from the two states that a key leaves behind.
;;
;; Constant time: no branch and no address depends on a key or on the bytes of a packet, only on lengths.
;;
;; Addresses are given by the caller, but for the first 512 bytes of the memory:
;;   0    320 bytes   the message schedule of a block, K added
;;   384  32 bytes    a state, five words
;;   416  64 bytes    the block of the outer hash
(module
  (import "counterMode" "memory" (memory 52))

  (func $swap_words (param $words v128) (result v128)
    (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 (local.get $words) (local.get $words)))

  (func $swap_word (param $word i32) (result i32)
    (i32.or
      (i32.and (i32.rotl (local.get $word) (i32.const 8)) (i32.const 0x00ff00ff))
      (i32.and (i32.rotr (local.get $word) (i32.const 8)) (i32.const 0xff00ff00))))

  ;; Hashes the whole blocks from `at` to `end`, at least one, on from the state at `from`; writes the state to `to`.
  (func $hash (export "hash") (param $from i32) (param $to i32) (param $at i32) (param $end i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $w i32)
    (local $h0 i32) (local $h1 i32) (local $h2 i32) (local $h3 i32) (local $h4 i32)
    (local $x v128) (local $y v128) (local $k v128)
    (local $w0 v128) (local $w1 v128) (local $w2 v128) (local $w3 v128)
    (local $w4 v128) (local $w5 v128) (local $w6 v128) (local $w7 v128)
    (local.set $h0 (i32.load (local.get $from)))
    (local.set $h1 (i32.load offset=4 (local.get $from)))
    (local.set $h2 (i32.load offset=8 (local.get $from)))
    (local.set $h3 (i32.load offset=12 (local.get $from)))
    (local.set $h4 (i32.load offset=16 (local.get $from)))
    (loop $block
      ;; W(0) to W(15). A vector holds four words of the schedule; K is added when it is stored.
      (local.set $x (v128.load (local.get $at)))
      (local.set $w0 (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 (local.get $x) (local.get $x)))
      (local.set $k (v128.const i32x4 0x5a827999 0x5a827999 0x5a827999 0x5a827999))
      (v128.store (i32.const 0) (i32x4.add (local.get $w0) (local.get $k)))
      (local.set $x (v128.load offset=16 (local.get $at)))
      (local.set $w1 (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 (local.get $x) (local.get $x)))
      (v128.store offset=16 (i32.const 0) (i32x4.add (local.get $w1) (local.get $k)))
      (local.set $x (v128.load offset=32 (local.get $at)))
      (local.set $w2 (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 (local.get $x) (local.get $x)))
      (v128.store offset=32 (i32.const 0) (i32x4.add (local.get $w2) (local.get $k)))
      (local.set $x (v128.load offset=48 (local.get $at)))
      (local.set $w3 (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 (local.get $x) (local.get $x)))
      (v128.store offset=48 (i32.const 0) (i32x4.add (local.get $w3) (local.get $k)))
      ;; W(16) to W(31): W(t) = (W(t-3) ^ W(t-8) ^ W(t-14) ^ W(t-16)) turned by 1. The fourth word of a vector wants the
      ;; first: it is computed without, and what the first would have given is added after, turned by 2.
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 (local.get $w3) (v128.const i64x2 0 0))
            (local.get $w2))
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w0) (local.get $w1))
            (local.get $w0))))
      (local.set $y
        (i8x16.shuffle 16 17 18 19 16 17 18 19 16 17 18 19 0 1 2 3 (local.get $x) (v128.const i64x2 0 0)))
      (local.set $w4
        (v128.xor
          (v128.or (i32x4.shl (local.get $x) (i32.const 1)) (i32x4.shr_u (local.get $x) (i32.const 31)))
          (v128.or (i32x4.shl (local.get $y) (i32.const 2)) (i32x4.shr_u (local.get $y) (i32.const 30)))))
      (v128.store offset=64 (i32.const 0) (i32x4.add (local.get $w4) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 (local.get $w4) (v128.const i64x2 0 0))
            (local.get $w3))
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w1) (local.get $w2))
            (local.get $w1))))
      (local.set $y
        (i8x16.shuffle 16 17 18 19 16 17 18 19 16 17 18 19 0 1 2 3 (local.get $x) (v128.const i64x2 0 0)))
      (local.set $w5
        (v128.xor
          (v128.or (i32x4.shl (local.get $x) (i32.const 1)) (i32x4.shr_u (local.get $x) (i32.const 31)))
          (v128.or (i32x4.shl (local.get $y) (i32.const 2)) (i32x4.shr_u (local.get $y) (i32.const 30)))))
      (local.set $k (v128.const i32x4 0x6ed9eba1 0x6ed9eba1 0x6ed9eba1 0x6ed9eba1))
      (v128.store offset=80 (i32.const 0) (i32x4.add (local.get $w5) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 (local.get $w5) (v128.const i64x2 0 0))
            (local.get $w4))
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w2) (local.get $w3))
            (local.get $w2))))
      (local.set $y
        (i8x16.shuffle 16 17 18 19 16 17 18 19 16 17 18 19 0 1 2 3 (local.get $x) (v128.const i64x2 0 0)))
      (local.set $w6
        (v128.xor
          (v128.or (i32x4.shl (local.get $x) (i32.const 1)) (i32x4.shr_u (local.get $x) (i32.const 31)))
          (v128.or (i32x4.shl (local.get $y) (i32.const 2)) (i32x4.shr_u (local.get $y) (i32.const 30)))))
      (v128.store offset=96 (i32.const 0) (i32x4.add (local.get $w6) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 (local.get $w6) (v128.const i64x2 0 0))
            (local.get $w5))
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w3) (local.get $w4))
            (local.get $w3))))
      (local.set $y
        (i8x16.shuffle 16 17 18 19 16 17 18 19 16 17 18 19 0 1 2 3 (local.get $x) (v128.const i64x2 0 0)))
      (local.set $w7
        (v128.xor
          (v128.or (i32x4.shl (local.get $x) (i32.const 1)) (i32x4.shr_u (local.get $x) (i32.const 31)))
          (v128.or (i32x4.shl (local.get $y) (i32.const 2)) (i32x4.shr_u (local.get $y) (i32.const 30)))))
      (v128.store offset=112 (i32.const 0) (i32x4.add (local.get $w7) (local.get $k)))
      ;; W(32) to W(79): the same, applied twice, is W(t) = (W(t-6) ^ W(t-16) ^ W(t-28) ^ W(t-32)) turned by 2.
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w6) (local.get $w7))
            (local.get $w4))
          (v128.xor (local.get $w1) (local.get $w0))))
      (local.set $w0 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=128 (i32.const 0) (i32x4.add (local.get $w0) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w7) (local.get $w0))
            (local.get $w5))
          (v128.xor (local.get $w2) (local.get $w1))))
      (local.set $w1 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=144 (i32.const 0) (i32x4.add (local.get $w1) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w0) (local.get $w1))
            (local.get $w6))
          (v128.xor (local.get $w3) (local.get $w2))))
      (local.set $w2 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (local.set $k (v128.const i32x4 0x8f1bbcdc 0x8f1bbcdc 0x8f1bbcdc 0x8f1bbcdc))
      (v128.store offset=160 (i32.const 0) (i32x4.add (local.get $w2) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w1) (local.get $w2))
            (local.get $w7))
          (v128.xor (local.get $w4) (local.get $w3))))
      (local.set $w3 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=176 (i32.const 0) (i32x4.add (local.get $w3) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w2) (local.get $w3))
            (local.get $w0))
          (v128.xor (local.get $w5) (local.get $w4))))
      (local.set $w4 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=192 (i32.const 0) (i32x4.add (local.get $w4) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w3) (local.get $w4))
            (local.get $w1))
          (v128.xor (local.get $w6) (local.get $w5))))
      (local.set $w5 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=208 (i32.const 0) (i32x4.add (local.get $w5) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w4) (local.get $w5))
            (local.get $w2))
          (v128.xor (local.get $w7) (local.get $w6))))
      (local.set $w6 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=224 (i32.const 0) (i32x4.add (local.get $w6) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w5) (local.get $w6))
            (local.get $w3))
          (v128.xor (local.get $w0) (local.get $w7))))
      (local.set $w7 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (local.set $k (v128.const i32x4 0xca62c1d6 0xca62c1d6 0xca62c1d6 0xca62c1d6))
      (v128.store offset=240 (i32.const 0) (i32x4.add (local.get $w7) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w6) (local.get $w7))
            (local.get $w4))
          (v128.xor (local.get $w1) (local.get $w0))))
      (local.set $w0 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=256 (i32.const 0) (i32x4.add (local.get $w0) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w7) (local.get $w0))
            (local.get $w5))
          (v128.xor (local.get $w2) (local.get $w1))))
      (local.set $w1 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=272 (i32.const 0) (i32x4.add (local.get $w1) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w0) (local.get $w1))
            (local.get $w6))
          (v128.xor (local.get $w3) (local.get $w2))))
      (local.set $w2 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=288 (i32.const 0) (i32x4.add (local.get $w2) (local.get $k)))
      (local.set $x
        (v128.xor
          (v128.xor
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $w1) (local.get $w2))
            (local.get $w7))
          (v128.xor (local.get $w4) (local.get $w3))))
      (local.set $w3 (v128.or (i32x4.shl (local.get $x) (i32.const 2)) (i32x4.shr_u (local.get $x) (i32.const 30))))
      (v128.store offset=304 (i32.const 0) (i32x4.add (local.get $w3) (local.get $k)))
      (local.set $a (local.get $h0))
      (local.set $b (local.get $h1))
      (local.set $c (local.get $h2))
      (local.set $d (local.get $h3))
      (local.set $e (local.get $h4))
      ;; Rounds 0 to 19: B chooses between C and D. Five at a time: the names go round, and nothing is moved.
      (local.set $w (i32.const 0))
      (loop $rounds0
        (local.set $e
          (i32.add
            (i32.rotl (local.get $a) (i32.const 5))
            (i32.add
              (i32.xor (local.get $d) (i32.and (local.get $b) (i32.xor (local.get $c) (local.get $d))))
              (i32.add (local.get $e) (i32.load (local.get $w))))))
        (local.set $b (i32.rotl (local.get $b) (i32.const 30)))
        (local.set $d
          (i32.add
            (i32.rotl (local.get $e) (i32.const 5))
            (i32.add
              (i32.xor (local.get $c) (i32.and (local.get $a) (i32.xor (local.get $b) (local.get $c))))
              (i32.add (local.get $d) (i32.load offset=4 (local.get $w))))))
        (local.set $a (i32.rotl (local.get $a) (i32.const 30)))
        (local.set $c
          (i32.add
            (i32.rotl (local.get $d) (i32.const 5))
            (i32.add
              (i32.xor (local.get $b) (i32.and (local.get $e) (i32.xor (local.get $a) (local.get $b))))
              (i32.add (local.get $c) (i32.load offset=8 (local.get $w))))))
        (local.set $e (i32.rotl (local.get $e) (i32.const 30)))
        (local.set $b
          (i32.add
            (i32.rotl (local.get $c) (i32.const 5))
            (i32.add
              (i32.xor (local.get $a) (i32.and (local.get $d) (i32.xor (local.get $e) (local.get $a))))
              (i32.add (local.get $b) (i32.load offset=12 (local.get $w))))))
        (local.set $d (i32.rotl (local.get $d) (i32.const 30)))
        (local.set $a
          (i32.add
            (i32.rotl (local.get $b) (i32.const 5))
            (i32.add
              (i32.xor (local.get $e) (i32.and (local.get $c) (i32.xor (local.get $d) (local.get $e))))
              (i32.add (local.get $a) (i32.load offset=16 (local.get $w))))))
        (local.set $c (i32.rotl (local.get $c) (i32.const 30)))
        (br_if $rounds0 (i32.ne (local.tee $w (i32.add (local.get $w) (i32.const 20))) (i32.const 80))))
      ;; Rounds 20 to 39: parity. Five at a time: the names go round, and nothing is moved.
      (local.set $w (i32.const 80))
      (loop $rounds20
        (local.set $e
          (i32.add
            (i32.rotl (local.get $a) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $b) (local.get $c)) (local.get $d))
              (i32.add (local.get $e) (i32.load (local.get $w))))))
        (local.set $b (i32.rotl (local.get $b) (i32.const 30)))
        (local.set $d
          (i32.add
            (i32.rotl (local.get $e) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $a) (local.get $b)) (local.get $c))
              (i32.add (local.get $d) (i32.load offset=4 (local.get $w))))))
        (local.set $a (i32.rotl (local.get $a) (i32.const 30)))
        (local.set $c
          (i32.add
            (i32.rotl (local.get $d) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $e) (local.get $a)) (local.get $b))
              (i32.add (local.get $c) (i32.load offset=8 (local.get $w))))))
        (local.set $e (i32.rotl (local.get $e) (i32.const 30)))
        (local.set $b
          (i32.add
            (i32.rotl (local.get $c) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $d) (local.get $e)) (local.get $a))
              (i32.add (local.get $b) (i32.load offset=12 (local.get $w))))))
        (local.set $d (i32.rotl (local.get $d) (i32.const 30)))
        (local.set $a
          (i32.add
            (i32.rotl (local.get $b) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $c) (local.get $d)) (local.get $e))
              (i32.add (local.get $a) (i32.load offset=16 (local.get $w))))))
        (local.set $c (i32.rotl (local.get $c) (i32.const 30)))
        (br_if $rounds20 (i32.ne (local.tee $w (i32.add (local.get $w) (i32.const 20))) (i32.const 160))))
      ;; Rounds 40 to 59: majority. Five at a time: the names go round, and nothing is moved.
      (local.set $w (i32.const 160))
      (loop $rounds40
        (local.set $e
          (i32.add
            (i32.rotl (local.get $a) (i32.const 5))
            (i32.add
              (i32.or
                (i32.and (local.get $b) (local.get $c))
                (i32.and (local.get $d) (i32.or (local.get $b) (local.get $c))))
              (i32.add (local.get $e) (i32.load (local.get $w))))))
        (local.set $b (i32.rotl (local.get $b) (i32.const 30)))
        (local.set $d
          (i32.add
            (i32.rotl (local.get $e) (i32.const 5))
            (i32.add
              (i32.or
                (i32.and (local.get $a) (local.get $b))
                (i32.and (local.get $c) (i32.or (local.get $a) (local.get $b))))
              (i32.add (local.get $d) (i32.load offset=4 (local.get $w))))))
        (local.set $a (i32.rotl (local.get $a) (i32.const 30)))
        (local.set $c
          (i32.add
            (i32.rotl (local.get $d) (i32.const 5))
            (i32.add
              (i32.or
                (i32.and (local.get $e) (local.get $a))
                (i32.and (local.get $b) (i32.or (local.get $e) (local.get $a))))
              (i32.add (local.get $c) (i32.load offset=8 (local.get $w))))))
        (local.set $e (i32.rotl (local.get $e) (i32.const 30)))
        (local.set $b
          (i32.add
            (i32.rotl (local.get $c) (i32.const 5))
            (i32.add
              (i32.or
                (i32.and (local.get $d) (local.get $e))
                (i32.and (local.get $a) (i32.or (local.get $d) (local.get $e))))
              (i32.add (local.get $b) (i32.load offset=12 (local.get $w))))))
        (local.set $d (i32.rotl (local.get $d) (i32.const 30)))
        (local.set $a
          (i32.add
            (i32.rotl (local.get $b) (i32.const 5))
            (i32.add
              (i32.or
                (i32.and (local.get $c) (local.get $d))
                (i32.and (local.get $e) (i32.or (local.get $c) (local.get $d))))
              (i32.add (local.get $a) (i32.load offset=16 (local.get $w))))))
        (local.set $c (i32.rotl (local.get $c) (i32.const 30)))
        (br_if $rounds40 (i32.ne (local.tee $w (i32.add (local.get $w) (i32.const 20))) (i32.const 240))))
      ;; Rounds 60 to 79: parity. Five at a time: the names go round, and nothing is moved.
      (local.set $w (i32.const 240))
      (loop $rounds60
        (local.set $e
          (i32.add
            (i32.rotl (local.get $a) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $b) (local.get $c)) (local.get $d))
              (i32.add (local.get $e) (i32.load (local.get $w))))))
        (local.set $b (i32.rotl (local.get $b) (i32.const 30)))
        (local.set $d
          (i32.add
            (i32.rotl (local.get $e) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $a) (local.get $b)) (local.get $c))
              (i32.add (local.get $d) (i32.load offset=4 (local.get $w))))))
        (local.set $a (i32.rotl (local.get $a) (i32.const 30)))
        (local.set $c
          (i32.add
            (i32.rotl (local.get $d) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $e) (local.get $a)) (local.get $b))
              (i32.add (local.get $c) (i32.load offset=8 (local.get $w))))))
        (local.set $e (i32.rotl (local.get $e) (i32.const 30)))
        (local.set $b
          (i32.add
            (i32.rotl (local.get $c) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $d) (local.get $e)) (local.get $a))
              (i32.add (local.get $b) (i32.load offset=12 (local.get $w))))))
        (local.set $d (i32.rotl (local.get $d) (i32.const 30)))
        (local.set $a
          (i32.add
            (i32.rotl (local.get $b) (i32.const 5))
            (i32.add
              (i32.xor (i32.xor (local.get $c) (local.get $d)) (local.get $e))
              (i32.add (local.get $a) (i32.load offset=16 (local.get $w))))))
        (local.set $c (i32.rotl (local.get $c) (i32.const 30)))
        (br_if $rounds60 (i32.ne (local.tee $w (i32.add (local.get $w) (i32.const 20))) (i32.const 320))))
      (local.set $h0 (i32.add (local.get $h0) (local.get $a)))
      (local.set $h1 (i32.add (local.get $h1) (local.get $b)))
      (local.set $h2 (i32.add (local.get $h2) (local.get $c)))
      (local.set $h3 (i32.add (local.get $h3) (local.get $d)))
      (local.set $h4 (i32.add (local.get $h4) (local.get $e)))
      (br_if $block (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 64))) (local.get $end))))
    (i32.store (local.get $to) (local.get $h0))
    (i32.store offset=4 (local.get $to) (local.get $h1))
    (i32.store offset=8 (local.get $to) (local.get $h2))
    (i32.store offset=12 (local.get $to) (local.get $h3))
    (i32.store offset=16 (local.get $to) (local.get $h4)))

  ;; The first half of HMAC: pads the message from `at` to `end`, behind whose end 80 bytes may be written, hashes it on
  ;; from the inner state at `key`, which stands for one block, and leaves the state at 384.
  (func $inner (param $key i32) (param $at i32) (param $end i32)
    (local $length i32) (local $stop i32)
    (local.set $length (i32.sub (local.get $end) (local.get $at)))
    (local.set $stop
      (i32.add (local.get $at) (i32.and (i32.add (local.get $length) (i32.const 72)) (i32.const -64))))
    (v128.store offset=0 (local.get $end) (v128.const i64x2 0x80 0))
    (v128.store offset=16 (local.get $end) (v128.const i64x2 0 0))
    (v128.store offset=32 (local.get $end) (v128.const i64x2 0 0))
    (v128.store offset=48 (local.get $end) (v128.const i64x2 0 0))
    (v128.store offset=64 (local.get $end) (v128.const i64x2 0 0))
    (i32.store
      (i32.sub (local.get $stop) (i32.const 4))
      (call $swap_word (i32.shl (i32.add (local.get $length) (i32.const 64)) (i32.const 3))))
    (call $hash (local.get $key) (i32.const 384) (local.get $at) (local.get $stop)))

  ;; The second half: the inner digest, as bytes at 416, one block on from the outer state 32 bytes behind `key`; the 20
  ;; bytes of the result go to `out`.
  (func $outer (export "hmacOuter") (param $key i32) (param $out i32)
    (i32.store offset=436 (i32.const 0) (i32.const 0x80))
    (v128.store offset=440 (i32.const 0) (v128.const i64x2 0 0))
    (v128.store offset=456 (i32.const 0) (v128.const i64x2 0 0))
    ;; 84 bytes were hashed, 672 bits.
    (i64.store offset=472 (i32.const 0) (i64.const 0xa002000000000000))
    (call $hash (i32.add (local.get $key) (i32.const 32)) (i32.const 384) (i32.const 416) (i32.const 480))
    (v128.store (local.get $out) (call $swap_words (v128.load offset=384 (i32.const 0))))
    (i32.store offset=16 (local.get $out) (call $swap_word (i32.load offset=400 (i32.const 0)))))

  ;; HMAC-SHA1 of the message from `at` to `end` into the 20 bytes at `out`. 80 bytes behind `end` are overwritten.
  (func (export "hmac") (param $key i32) (param $at i32) (param $end i32) (param $out i32)
    (call $inner (local.get $key) (local.get $at) (local.get $end))
    (v128.store offset=416 (i32.const 0) (call $swap_words (v128.load offset=384 (i32.const 0))))
    (i32.store offset=432 (i32.const 0) (call $swap_word (i32.load offset=400 (i32.const 0))))
    (call $outer (local.get $key) (local.get $out))))
