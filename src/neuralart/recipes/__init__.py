"""Named sets of choices for objective and schedule. The table of recipes; its keys are what `--recipe` knows."""

from neuralart.recipes.balanced import Balanced
from neuralart.recipes.original import Original
from neuralart.recipes.recipe import Recipe

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (Balanced(), Original())}
