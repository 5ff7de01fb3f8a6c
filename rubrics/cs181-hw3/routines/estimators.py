"""Right estimators in the place of the student's, where one that uses them is wrong: the report then says where the mistake is."""

from .replacing import with_right


def _posterior(x, sigma, tau):
    var = 1 / (len(x) / sigma**2 + 1 / tau**2)
    return var * sum(x) / sigma**2, var


def _map_estimate(x, sigma, tau):
    return _posterior(x, sigma, tau)[0]


def with_right_map_estimate(function, map_estimate, arguments):
    return with_right(map_estimate, _map_estimate, function, arguments)


def with_right_posterior(function, posterior, arguments):
    return with_right(posterior, _posterior, function, arguments)
