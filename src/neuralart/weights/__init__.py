"""Downloads weights, checks their digests and reads them.

``registry`` lists where weights are published, ``fetch`` downloads them and checks their digest, ``read`` turns a file
in any of six formats into tensors under the layers' published names. Reading never executes anything in the file.
"""
