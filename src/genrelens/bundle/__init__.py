"""genrelens.bundle"""
