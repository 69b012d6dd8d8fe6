"""genrelens.cli"""
