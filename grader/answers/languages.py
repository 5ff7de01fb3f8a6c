"""Words for choices in other languages than English."""

from __future__ import annotations

FOREIGN = {
    "yes": "ja jawohl oui si sí sì sim igen да 是 是的 はい 네 wahr vrai verdadero vero verdadeiro stimmt",
    "no": "nein non nicht kein keine keinen nem нет não nao 否 不 不是 いいえ 아니요 falsch faux falso aucun aucune ningún ninguno nessuno nenhum",
    "greater": "größer groesser grösser supérieur supérieure plus-grand plus-grande mayor maggiore maior больше 更大 大于",
    "less": "kleiner geringer inférieur inférieure plus-petit plus-petite menor minore меньше 更小 小于",
    "equal": "gleich identisch dasselbe dieselbe égal égale égaux égales identique identiques même igual iguales iguais uguale uguali identico равно 相等 相同",
    "negative": "negativ négatif négative negativo negativa отрицательный 负",
    "positive": "positiv positif positivo positiva положительный 正",
    "zero": "null nul zéro cero ноль 零",
    "infinity": "unendlich infini infinito бесконечность",
}
"""By the choice that is meant, the words for it; a hyphen stands for a space."""


def foreign(name: str) -> tuple[str, ...]:
    """The words of other languages for a choice."""
    return tuple(word.replace("-", " ") for word in FOREIGN.get(name, "").split())
