"""Methods that need no network, as Python has them, and relumine's: each takes content and reference, H×W×3 `uint8`, and gives the result.

- color-matcher (Hahne & Aggoun 2021), methods `mkl` and `hm-mvgd-hm`; GPL, so it is measured where it is installed, and never needed.
- Reinhard et al. 2001: means and deviations of CIELAB, by scikit-image.
- Histogram matching, a channel at a time, by scikit-image.
"""
import sys
import warnings

import numpy as np

import relumine


def nothing(content, reference):
    """The photo as it was."""
    return content


def known():
    """Methods by name; what is not installed is named and left out."""
    methods = {"nothing": nothing}
    for add in (color_matcher, scikit_image):
        try:
            methods |= add()
        except ImportError as missing:
            print(f"SKIPPED {add.__name__.replace('_', '-')}: {missing}", file=sys.stderr)
    return methods | {f"relumine `{method}`": relumine_by(method) for method in ("grade", "transport", "look")}


def color_matcher():
    from color_matcher import ColorMatcher

    def by(method):
        return lambda content, reference: _eight_bits(
            ColorMatcher().transfer(src=content.astype(float), ref=reference.astype(float), method=method)
        )

    return {f"color-matcher `{method}`": by(method) for method in ("mkl", "hm-mvgd-hm")}


def scikit_image():
    from skimage.color import lab2rgb, rgb2lab
    from skimage.exposure import match_histograms

    # Of colours that cannot be shown: they are cut off, as everybody's.
    warnings.filterwarnings("ignore", message="Conversion from CIE-LAB")

    def reinhard(content, reference):
        ours, theirs = rgb2lab(content), rgb2lab(reference)
        scaled = (ours - ours.mean((0, 1))) / np.maximum(ours.std((0, 1)), 1e-6) * theirs.std((0, 1)) + theirs.mean((0, 1))
        return _eight_bits(lab2rgb(scaled) * 255)

    def histograms(content, reference):
        return _eight_bits(match_histograms(content, reference, channel_axis=-1))

    return {"Reinhard, scikit-image": reinhard, "`match_histograms`, scikit-image": histograms}


def relumine_by(method):
    return lambda content, reference: relumine.transfer(content, reference, method=method)


def _eight_bits(levels):
    """Levels 0..255 of any type, rounded; those beyond are cut off, not squeezed in."""
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
