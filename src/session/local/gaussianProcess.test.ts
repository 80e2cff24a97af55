import { test } from 'node:test';
import { assertClose } from '../../testing/folders';
import { fitGaussianProcess } from './gaussianProcess';

const points = [
  [0.1, 0.9],
  [0.4, 0.2],
  [0.8, 0.5],
  [0.3, 0.7],
];
const values = [0.5, -1, 1.2, -0.7];

test('fitGaussianProcess() gives what scikit-learn’s GaussianProcessRegressor does', () => {
  // scikit-learn 1.9.1: kernel=Matern([0.3, 0.8], nu=2.5), alpha=0.05, optimizer=None.
  const process = fitGaussianProcess(points, values, { lengths: [0.3, 0.8], noise: 0.05 });
  const asked = [
    [0.5, 0.5],
    [0.1, 0.9],
    [0.95, 0.05],
  ].map((point) => process.at(point));
  assertClose(
    asked.map(({ mean }) => mean),
    [-0.4926238560240692, 0.418199801703377, 0.8496106687960638],
    1e-9,
  );
  assertClose(
    asked.map(({ deviation }) => deviation),
    [0.47688074564889094, 0.2134060321526701, 0.750913144041268],
    1e-9,
  );
  assertClose([process.logLikelihood], [-5.550096734298803], 1e-9);
});

test('far from all points the process knows nothing', () => {
  const { mean, deviation } = fitGaussianProcess(points, values, { lengths: [0.1, 0.1], noise: 0.01 }).at([
    9, 9,
  ]);
  assertClose([mean, deviation], [0, 1], 1e-9);
});
