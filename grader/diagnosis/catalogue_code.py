"""The catalogue, third part: what only an experiment with the student's code shows."""

from __future__ import annotations

from grader.diagnosis.misconception import Misconception

CODE = (
    Misconception(
        "blank-template", 2,
        says="This part is still as the template gives it: it stops with an error that says so, or computes nothing.",
        hint="Replace the `raise` or `pass` by your own code.",
        looks="`NotImplementedError` or another error that says it, or the template's own text.",
        why="The part was left for later, or another version of the file was handed in.",
        find="Open the file that you handed in, not the one on your disk.",
        by="both",
    ),
    Misconception(
        "accumulates", 11,
        says="The gradient of an earlier call was kept and the new one added to it: {detail}.",
        hint="Set the gradient with `=` instead of `+=`, or reset it at the start of `backward`.",
        looks="Right on the first call, too large on the second.",
        why="`+=` is right within one pass where a value is used twice, but not from one pass to the next.",
        find="Call `backward` twice with the same input: both results must be equal.",
        applies="recipes that call the same method twice",
        by="both",
    ),
    Misconception(
        "stale-state", 50,
        says="The result belongs to an earlier call: {detail}.",
        hint="Store the input in `forward` each time, and use what is stored by the last one.",
        looks="Right on the first batch, wrong on every later one.",
        why="The input is stored in the constructor or only when nothing is stored yet, or a cache is not renewed.",
        find="Call `forward` with two batches, then `backward`: it must use the second.",
        applies="recipes that call the same method twice",
        by="experiment",
    ),
    Misconception(
        "mutates-input", 51,
        says="The function changes its argument {detail} in place and then goes on with the changed values: with those, the numbers are exactly what came.",
        hint="Work on a copy: `x = x.copy()`, or `x = x - m` instead of `x -= m`.",
        looks="The caller's array is another one after the call.",
        why="`-=`, `*=` and `a[...] =` change the array itself, and with it every other name for it.",
        find="Compare the argument before and after the call.",
        applies="recipes with arrays as arguments",
        by="experiment",
    ),
    Misconception(
        "reads-global", 53,
        says="The function uses the variable {detail} of your file instead of its argument: set to the argument, that variable makes the result right.",
        hint="Use only the parameters' names inside the function. Restart the kernel and run all cells: then such a name is missing.",
        looks="Works in the notebook, where the variable happens to hold the same data, and nowhere else.",
        why="The function was made from a cell in which the name was a global, and one occurrence stayed.",
        find="Call the function with an array that is stored under another name.",
        applies="functions that read a variable of the file",
        by="experiment",
    ),
    Misconception(
        "hardcoded-size", 54,
        says="The code works for one value of {detail} only: right there on new numbers too, and not for any other size that was tried.",
        hint="Take sizes from the arguments (`X.shape[0]`, `len(x)`) instead of writing a number.",
        looks="Right on the example of the handout, a crash or other numbers on any other.",
        why="A number such as the batch size, the number of classes or of rows was copied from the data at hand.",
        find="Search the code for digits; run it with another batch size.",
        applies="recipes with at least two sizes",
        by="experiment",
    ),
    Misconception(
        "nondeterministic", 55,
        says="The same call with the same input gives different numbers each time.",
        hint="Look for random numbers, `np.empty` (its contents are arbitrary), dropout or time in the computation.",
        looks="Two runs differ.",
        why="Noise stayed in the code, or an array is used before it is filled.",
        find="Call the function twice and compare.",
        applies="results that must not depend on chance",
        by="experiment",
    ),
)  # fmt: skip
