"""Named sets of choices for objective and schedule. The keys of this table are the choices of `--recipe`."""

from neuralart.recipes.balanced import Balanced
from neuralart.recipes.original import Original
from neuralart.recipes.recipe import Recipe

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (Balanced(), Original())}
