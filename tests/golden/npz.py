"""Writes plain.npz and packed.npz: two matrices each, as NumPy saves them.

    python npz.py
"""

import numpy

matrices = {"inputs": numpy.array([[1.5, -2.0], [0.25, 4.0], [0.0, 1e-3]]), "labels": numpy.array([0, 1, 1], "f4")}
numpy.savez("plain.npz", **matrices)
numpy.savez_compressed("packed.npz", **matrices)
