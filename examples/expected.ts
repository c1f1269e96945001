// What each example must print: the one list that both of their tests go by.
// Numbers that noise or a fresh key decides are held to what they cannot miss but once in a million runs.

/** File name without `.ts` → what its output matches, all of it. */
export const expected: Readonly<Record<string, readonly RegExp[]>> = {
  '01-tensor': [/shape \[3,2\]/, /\[ 0\.964\d+, 0\.998\d+ \]/],
  '02-gradient': [/^step 0: loss 9\.0e\+0$/m, /^y = 2\.000 x \+ -1\.000$/m],
  '03-executors': [/^50 probabilities, at most \de-([89]|\d\d) apart$/m],
  '04-train': [/right on (8[5-9]|9\d)\.\d% of 53 seeds/],
  '05-cross-validate': [/^fold 5: (8[5-9]|9\d|100)\.\d% of 42 seeds/m, /^in all: 9\d\.\d% ± \d\.\d%$/m],
  '06-onnx': [/made by example 06, Gemm → Relu → Gemm → Softmax/, /sum to 1\.000/],
  '07-key': [
    /^3 layers over 7 columns, fingerprint [0-9a-f]{32}$/m,
    /^refused: the passphrase does not open/m,
  ],
  '08-protect-restore': [/the service sees\n {2}a0,a1,.*label\n/, /^210 rows, restored to the byte$/m],
  '09-round': [
    /^the service said c\d, which the key decodes to (Kama|Rosa|Canadian)$/m,
    /right on (1[5-9]\d|20\d|210) of 210/,
  ],
  '10-known-rows': [/^1 layer over .* recovered exactly, by 8 known rows$/m, /^3 layers .* not by a line/m],
  '11-audit': [/^Do not release this file: someone who/m, /^status: broken$/m],
  '12-rotation': [/^it gives away all distances between rows/m],
  '13-obfuscator': [
    /right on (7[5-9]|8\d|9\d)% of raw/,
    /on (6\d|7\d|8\d|9\d)% of obfuscated/,
    /does not hide what an image shows/,
  ],
  '14-reconstruct': [/^ +#{4,}[+.]* +\|/m, /\| +[.:+#]{4,}/, /what the attacker draws/],
  '15-edge': [/^sent 3\d\d\d bytes; the service says \d, the digit is 7$/m],
  '16-encrypt-numbers': [/squares: 1\.000, 4\.000, 12\.250$/m],
  '17-encrypt-network': [/^encrypted: (0\.99|1\.0[01]), 0\.5[5-7]; in the plain: 1\.00, 0\.56$/m],
  '18-noise': [
    /told five times:( -?\d+){5}$/m,
    /ε = 0\.5; .* ε = 1\.5$/m,
    /1,000 people who would say yes, [67]\d\d/,
  ],
  '19-accountant': [
    /^ε = 3: noise of 0\.73 /m,
    /over 3516 steps: ε = 1\.35$/m,
    /over 7032 steps: ε = 1\.94$/m,
  ],
  '20-private-training': [/^spent ε = 2\.00 at δ = 0\.0001$/m, /right on [78]\d% .* one guess gets 75%/],
  '21-private-query': [
    /^<=50K: 1[45]\d\d\.0 \(/m,
    /^left: ε = 0\.5$/m,
    /^refused: the budget .* does not allow this/m,
  ],
  '22-votes': [/^250 teachers, 240 rows each/m, /^300 answers cost at most ε = 2\.77; .* 0\.42$/m],
  '23-exhibits': [/^before: 4\.33 where 1 is allowed; today: 0\.33$/m, /held against these attacks: 1 of 1/],
  '24-fleet': [/^FedAvg: right on 8\d%/m, /^SCAFFOLD: right on 9\d%/m],
  '25-anonymize': [
    /^as they are, 45\.1% are alone/m,
    /l=2: \d+ classes; broken\..* known for certain/,
    /t=0\.15: \d+ classes; held\./,
  ],
}
