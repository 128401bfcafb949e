"""Named sets of choices for objective and schedule. The table of recipes; its keys are what `--recipe` knows."""

from neuralart.recipes import balanced, original
from neuralart.recipes.recipe import Recipe

RECIPES: dict[str, Recipe] = {"balanced": balanced, "original": original}
