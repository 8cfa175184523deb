"""What SciPy's L-BFGS-B takes for the problems of `optim/lbfgs/tests.rs`, whose iteration ceilings follow from it.

Requirements: numpy==2.4.6 scipy==1.17.1
Run: python tools/reference/lbfgs.py
"""

import numpy as np
from scipy.optimize import minimize, rosen, rosen_der

STIFFNESS = 1e4 ** np.linspace(0, 1, 100)


def report(name, function, gradient, start, tolerance):
    options = {"maxcor": 10, "gtol": tolerance, "ftol": 0, "maxiter": 2000, "maxfun": 4000}
    result = minimize(function, start, jac=gradient, method="L-BFGS-B", options=options)
    print(f"{name}: {result.nit} iterations, {result.nfev} evaluations")


report("Rosenbrock to 1e-8", rosen, rosen_der, np.array([-1.2, 1.0]), 1e-8)
report(
    "quadratic of condition 1e4 to 1e-4",
    lambda x: 0.5 * STIFFNESS @ (x - 1) ** 2,
    lambda x: STIFFNESS * (x - 1),
    np.zeros(100),
    1e-4,
)
