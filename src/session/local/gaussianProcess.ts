// What the trials so far say about points not tried yet: Gaussian process regression (Rasmussen and Williams, 2006,
// algorithm 2.1) with a Matérn 5/2 kernel that has a length for each coordinate.
import { CholeskyDecomposition, Matrix } from 'ml-matrix';

export type Point = readonly number[];

export interface KernelSettings {
  /** How far one has to go along each coordinate for values to change. */
  lengths: readonly number[];
  /** Variance of what is measured twice at one point; the process itself has variance 1. */
  noise: number;
}

export interface GaussianProcess {
  /** How well the settings explain the values: the larger, the better. */
  readonly logLikelihood: number;
  /** Mean and standard deviation of the value at a point. */
  at(point: Point): { mean: number; deviation: number };
}

/** @param values one for each point, with mean 0 */
export function fitGaussianProcess(
  points: readonly Point[],
  values: readonly number[],
  { lengths, noise }: KernelSettings,
): GaussianProcess {
  const covariance = Matrix.zeros(points.length, points.length);
  for (const [row, one] of points.entries()) {
    for (let column = 0; column <= row; column++) {
      const value = kernel(one, points[column] as Point, lengths) + (column === row ? noise : 0);
      covariance.set(row, column, value);
      covariance.set(column, row, value);
    }
  }
  const cholesky = new CholeskyDecomposition(covariance);
  const target = Matrix.columnVector(values);
  const weights = cholesky.solve(target);
  const lower = cholesky.lowerTriangularMatrix;
  const logDeterminant = lower.diagonal().reduce((sum, one) => sum + Math.log(one), 0);
  return {
    logLikelihood: -0.5 * target.dot(weights) - logDeterminant - (points.length / 2) * Math.log(2 * Math.PI),
    at(point) {
      const near = Matrix.columnVector(points.map((one) => kernel(one, point, lengths)));
      const explained = near.dot(cholesky.solve(near));
      return { mean: near.dot(weights), deviation: Math.sqrt(Math.max(1e-12, 1 - explained)) };
    },
  };
}

function kernel(one: Point, other: Point, lengths: readonly number[]): number {
  let squares = 0;
  for (let at = 0; at < one.length; at++) {
    squares += (((one[at] as number) - (other[at] as number)) / (lengths[at] as number)) ** 2;
  }
  const distance = Math.sqrt(5 * squares);
  return (1 + distance + (5 / 3) * squares) * Math.exp(-distance);
}
