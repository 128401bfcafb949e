"""neuralart"""
