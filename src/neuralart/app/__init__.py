"""The web app: a page and an HTTP API at which several people paint, one after the other.

settings   what whoever starts the app decides: address, password, limits
form       the option declaration -> the fields of a form
jobs       paintings that wait their turn, are painted, stopped and gone on with
gallery    a folder of what was made
page       the form, the live picture, the gallery, on Gradio; server serves it

Importing this package imports no Gradio and no torch.
"""
