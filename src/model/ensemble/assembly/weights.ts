// The places of the convolution's weights and answers in memory; float32.

/** [3 × filters, width] */
export let kernel: usize = 0;
/** The transposed kernel [width, 3 × filters]. */
export let transposed: usize = 0;
/** [2 × filters] */
export let bias: usize = 0;
/** [labels, 2 × filters] */
export let output: usize = 0;
/** [labels] */
export let outputBias: usize = 0;

/** The words' answers to the filters [words, 3 × filters]. */
export let answers: usize = 0;
/** The largest answer to each filter in the title, at least 0 [2 × filters]. */
export let pooled: usize = 0;
/** [labels] */
export let logits: usize = 0;
