"""Numbers from files that prove themselves.

``registry`` says where weights are published, ``fetch`` brings them here and checks their digest, ``read`` turns a
file of any of six formats into tensors under the layers' published names. Reading never executes what is read.
"""
