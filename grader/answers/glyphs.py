"""Unicode to LaTeX: the letters and signs that people type or paste instead of commands."""

from __future__ import annotations

import re
import unicodedata

GREEK_NAMES = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi",
    "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip

GREEK = frozenset(GREEK_NAMES.values())

SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ",
    "•": r"\cdot ", "×": r"\times ", "✕": r"\times ", "÷": "/", "∕": "/", "⁄": "/", "∗": "*", "⊙": r"\odot ",
    "∘": r"\circ ", "⊗": r"\otimes ", "∑": r"\sum ", "∏": r"\prod ", "√": r"\sqrt ", "∂": r"\partial ",
    "∇": r"\nabla ", "∞": r"\infty ", "≤": r"\le ", "≥": r"\ge ", "⩽": r"\le ", "⩾": r"\ge ", "≠": r"\ne ",
    "≈": r"\approx ", "≃": r"\approx ", "≅": r"\approx ", "≡": r"\equiv ", "∝": r"\propto ", "→": r"\to ",
    "⟶": r"\to ", "⇒": r"\implies ", "⟹": r"\implies ", "←": r"\gets ", "⟵": r"\gets ", "≔": r":=", "∈": r"\in ",
    "‖": r"\|", "∥": r"\|", "∣": "|", "❘": "|", "⟨": r"\langle ", "⟩": r"\rangle ", "〈": r"\langle ", "〉": r"\rangle ",
    "…": r"\dots ", "⋯": r"\dots ", "⋮": r"\vdots ", "⋱": r"\ddots ", "ℓ": r"\ell ", "𝟙": r"\mathbb{1}",
    "𝟏": r"\mathbb{1}", "ᵀ": "^{T}", "⊤": r"\top ", "′": "'", "’": "'", "‘": "'", "″": "''", "½": r"\frac{1}{2}",
    "¼": r"\frac{1}{4}", "⅓": r"\frac{1}{3}", "¾": r"\frac{3}{4}", "ℝ": r"\mathbb{R}", "∧": r"\land ", "∨": r"\lor ", "¬": r"\neg ",
    "“": '"', "”": '"', "⌊": r"\lfloor ", "⌋": r"\rfloor ", "‚": ",", "\u00a0": " ", "\u2062": " ", "\u2061": "",
    "【": "[", "】": "]", "（": "(", "）": ")", "，": ",", "＝": "=", "＋": "+", "：": ":", "；": ";", "。": ".",
}  # fmt: skip

_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱʰᵏᵐʲᵗˡᵈ", "0123456789+-=()nihkmjtld", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-=()aeoxhklmnpstijruv", strict=True))
_ACCENTS = {"\u0302": r"\hat", "\u0304": r"\bar", "\u0305": r"\bar", "\u0303": r"\tilde", "\u20d7": r"\vec"}
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202f\u2060\u2063\u2064\ufeff\ufe0e\ufe0f]")


def to_latex(text: str) -> str:
    """The text with every sign that has a LaTeX spelling written in it; ASCII text comes back unchanged."""
    if text.isascii():
        return text
    text = _runs(_runs(_INVISIBLE.sub("", text), _RAISED, "^"), _LOWERED, "_")
    text = re.sub(r"√\s*(\d+(?:\.\d+)?)", r"\\sqrt{\1} ", text)
    text = "".join(SIGNS.get(char, char) for char in text)
    return _letters(text)


def _runs(text: str, table: dict[str, str], mark: str) -> str:
    """Runs of raised (or lowered) characters as one script: x²³ becomes x^{23}."""
    pattern = "[" + "".join(table) + "]+"
    return re.sub(pattern, lambda run: mark + "{" + "".join(table[char] for char in run[0]) + "}", text)


def _letters(text: str) -> str:
    """Greek and styled letters by name, combining accents as commands; what stays unknown stays as it is."""
    out: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        plain = unicodedata.normalize("NFKC", char)
        if char in _ACCENTS and out:
            out.append(f"{_ACCENTS[char]}{{{out.pop()}}}")
        elif char in SIGNS or plain in SIGNS:
            out.append(SIGNS.get(char, SIGNS.get(plain, char)))
        elif plain in GREEK_NAMES:
            out.append(f"\\{GREEK_NAMES[plain]} ")
        elif plain == "∂":
            out.append(r"\partial ")
        else:
            out.append(plain)
    return "".join(out)
