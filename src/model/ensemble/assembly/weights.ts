// Where the convolution's weights and answers lie in memory; all float32 unless it says otherwise.

/** [3 × filters, width] */
export let kernel: usize = 0;
/** The same with its rows and columns exchanged. */
export let transposed: usize = 0;
/** [2 × filters] */
export let bias: usize = 0;
/** [labels, 2 × filters] */
export let output: usize = 0;
/** [labels] */
export let outputBias: usize = 0;

/** Answers of words to the filters [words, 3 × filters]. */
export let answers: usize = 0;
/** The largest answer of each filter in the title, at least 0 [2 × filters]. */
export let pooled: usize = 0;
/** [labels] */
export let logits: usize = 0;
