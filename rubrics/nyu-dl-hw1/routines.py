"""What the checks of this rubric do beside the student's code, in the student's process; the verdict is made elsewhere."""

import random
import sys
from collections.abc import Mapping, MutableMapping

import torch

_KEYS = ("W1", "b1", "W2", "b2")
_NAMES = {
    "W1": ("w1", "weight1", "weights1"),
    "b1": ("b1", "bias1"),
    "W2": ("w2", "weight2", "weights2"),
    "b2": ("b2", "bias2"),
}
_state = {}


def forward(MLP, sizes, functions, parameters, x):
    """The prediction of a network with these parameters."""
    try:
        torch.set_grad_enabled(False)  # gradients by hand: autograd has nothing to work with
        _state["parameters"] = parameters
        _state["net"] = _network(MLP, sizes, functions, parameters)
        return _state["net"].forward(x)
    except Exception as error:
        _state["forward"] = error
        raise


def backward_pass(upstream):
    """The backward pass; if it stops early, the gradients that it left count, and its error belongs to the others."""
    if "forward" in _state:
        return
    net = _state["net"]
    _state["held"], _state["before"], _state["error"] = _grads(net), _snapshot(net), None
    try:
        net.backward(upstream)
    except Exception as error:
        _state["error"] = error


def second_pass(x, upstream):
    """A second pass through the same network without clearing."""
    if "forward" not in _state:
        _restore(_state["net"], _state["parameters"])
        _state["net"].forward(x)
    backward_pass(upstream)


def backward(key):
    """One gradient of the last pass."""
    if "forward" in _state:
        raise _state["forward"]
    found = _grads(_state["net"]).get(key)
    untouched = found is _state["held"].get(key) and _same(found, _state["before"].get(key))
    if _state["error"] is not None and untouched:
        raise _state["error"]
    return found


def own_gradient(MLP, sizes, functions, parameters, x, upstream, key):
    """A gradient where it is the slope of the network's own forward pass; nothing where it is not."""
    torch.set_grad_enabled(False)
    net = _network(MLP, sizes, functions, parameters)
    net.forward(x.clone())
    net.backward(upstream.clone())
    found = _grads(net).get(f"dJd{key}")
    slopes = torch.zeros(parameters[key].shape, dtype=torch.float64)
    for place in range(slopes.numel()):
        high, low = (_weighed(MLP, sizes, functions, parameters, x, upstream, key, place, s) for s in (1, -1))
        slopes.view(-1)[place] = (high - low) / (2 * _SHIFT)
    if not isinstance(found, torch.Tensor) or found.shape != slopes.shape or not bool(slopes.any()):
        return None
    close = (found.double() - slopes).abs().max() <= 5e-3 * slopes.abs().max()
    return found if bool(close) else None


_SHIFT = 2e-4


def _weighed(MLP, sizes, functions, parameters, x, upstream, key, place, side):
    """The sum of the weighed predictions where one number of one parameter is a little larger or smaller."""
    moved = {name: value.double().clone() for name, value in parameters.items()}
    moved[key].view(-1)[place] += side * _SHIFT
    out = _network(MLP, sizes, functions, moved).forward(x.double())
    return float((out.double() * upstream.double()).sum())


def clear_grad_and_cache(MLP, sizes, functions, parameters, x, upstream):
    """What is stored before and after `clear_grad_and_cache`; gradients are put there if the backward pass leaves none."""
    net = _network(MLP, sizes, functions, parameters)
    try:
        net.forward(x)
        net.backward(upstream)
    except Exception:
        pass  # judged elsewhere
    for key in _KEYS:
        if isinstance(getattr(net, "grads", None), MutableMapping) and not _numbers(
            net.grads.get(f"dJd{key}")
        ):
            net.grads[f"dJd{key}"] = torch.ones_like(parameters[key])
    before = _snapshot(net)
    net.clear_grad_and_cache()
    return {"before": before, "grads": _grads(net), "cache": _held(getattr(net, "cache", None))}


def second_batch(MLP, sizes, functions, parameters, first, second):
    """Results of a second batch after clearing, those of a network that has only seen this batch, and the first ones."""
    functions, fresh = _working(MLP, sizes, functions, parameters, second)
    _seeded()
    used = _network(MLP, sizes, functions, parameters)
    old = _pass(used, first)
    _restore(used, parameters)
    used.clear_grad_and_cache()
    return {"used": _pass(used, second), "fresh": fresh, "first": old}


def _working(MLP, sizes, functions, parameters, batch):
    """Activations for which the network works on its first batch (what fails or gives zeros is judged elsewhere)."""
    error, found = None, None
    for pair in (functions, ["relu", "relu"], ["sigmoid", "sigmoid"], ["identity", "identity"]):
        try:
            _seeded()
            result = _pass(_network(MLP, sizes, pair, parameters), batch)
        except Exception as failure:
            error = error or failure
            continue
        found = found or (pair, result)
        if all(_solid(value) for value in result.values()):
            return pair, result
    if found is None:
        raise error
    return found


def _pass(net, batch):
    """What a forward and a backward pass give."""
    _seeded()
    y_hat = net.forward(batch[0].clone())
    net.backward(batch[1].clone())
    return {"y_hat": y_hat, **_snapshot(net)}


def _seeded():
    """The same random numbers again: what is compared with itself must not differ by chance."""
    random.seed(7)
    torch.manual_seed(7)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(7)


def _solid(value):
    return _numbers(value) and bool(torch.isfinite(value).all())


def _restore(net, parameters):
    """Put the parameters back that a backward pass has changed: that mistake is judged elsewhere."""
    held = getattr(net, "parameters", None)
    for key in _KEYS if isinstance(held, MutableMapping) else ():
        if not _same(held.get(key), parameters[key]):
            held[key] = parameters[key].clone()


def _held(cache):
    """What a cache holds: the attributes of an object of the student's own."""
    if isinstance(cache, (dict, list, tuple, torch.Tensor)) or cache is None:
        return cache
    names = [name for kind in type(cache).__mro__ for name in vars(kind).get("__slots__", ())]
    slots = {name: getattr(cache, name) for name in names if hasattr(cache, name)}
    return slots | vars(cache) if hasattr(cache, "__dict__") else slots or cache


def _network(MLP, sizes, functions, parameters):
    net = MLP(sizes[0], sizes[1], functions[0], sizes[1], sizes[2], functions[1])
    held = getattr(net, "parameters", None)
    old = dict(held) if isinstance(held, MutableMapping) else {}
    for key in _KEYS:
        new = parameters[key].clone()
        if isinstance(held, MutableMapping):
            held[key] = new
        if not _replace(net, key, old.get(key), new, 3) and not isinstance(held, MutableMapping):
            raise AttributeError(f"MLP has no parameters['{key}']")
    return net


def _replace(holder, key, old, new, depth):
    """Put `new` wherever the network also keeps the parameter: under its own names, or the same tensor elsewhere."""
    if depth == 0:
        return False
    done = False
    items = holder if isinstance(holder, dict) else getattr(holder, "__dict__", {})
    for name, value in list(items.items()):
        if name in ("grads", "cache") or (holder is items and value is new):
            continue
        fitting = _fitting(name, value, key, old, new)
        if fitting is not None:
            items[name] = fitting
            done = True
        elif isinstance(value, dict) or (
            hasattr(value, "__dict__") and type(value).__module__ == type(holder).__module__
        ):
            done = _replace(value, key, old, new, depth - 1) or done
        elif isinstance(value, list):
            for i, part in enumerate(value):
                fitting = _fitting("", part, key, old, new)
                if fitting is not None:
                    value[i], done = fitting, True
    return done


def _fitting(name, value, key, old, new):
    """The new numbers in the form that the student keeps them in, or None if this is another thing."""
    if not isinstance(value, torch.Tensor) or value is new:
        return None
    plain = str(name).replace("_", "").lower()
    if value is old or (plain in _NAMES[key] and value.shape == new.shape):
        return new
    if not isinstance(old, torch.Tensor) or not bool(old.any()):
        return None
    if value.shape == old.shape and torch.equal(value, old):
        return new
    if value.dim() == 2 and value.T.shape == old.shape and torch.equal(value.T, old):
        return new.T
    return None


def _grads(net):
    grads = getattr(net, "grads", None)
    return dict(grads) if isinstance(grads, Mapping) else {}


def _snapshot(net):
    return {
        key: value.clone() if isinstance(value, torch.Tensor) else value for key, value in _grads(net).items()
    }


def _numbers(value):
    return isinstance(value, torch.Tensor) and bool(value.any())


def _same(value, before):
    if isinstance(value, torch.Tensor) and isinstance(before, torch.Tensor):
        return value.shape == before.shape and torch.equal(value, before)
    return value is before
