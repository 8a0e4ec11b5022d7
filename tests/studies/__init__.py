"""Do studies say what can be worked out by hand?"""
