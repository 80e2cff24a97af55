// The platforms of images. A file of its own: a notebook's import of it must load no types of Docker's client.

/** The platforms of SageMaker's machines. Only endpoints run on Graviton instances (ml.c7g, ml.m6g, …), which need linux/arm64. */
export type Platform = 'linux/amd64' | 'linux/arm64';
