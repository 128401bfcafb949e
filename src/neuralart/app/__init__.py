"""The web app: a page and an HTTP API where several people can paint, one at a time.

settings   the choices of the person who starts the app: address, password, limits
form       derives the fields of the form from the option declaration
desk       takes orders, and makes of each a job: `painting` of a picture, `filming` of a film, `batching` of many
jobs       the studio: jobs that wait, are painted, stopped and continued, one at a time
gallery    a folder of finished pictures and films
page       the tabs and the gallery, made with Gradio; `server` serves it, with `uploads` and the ZIPs of `archive`

Importing this package imports neither Gradio nor torch.
"""
