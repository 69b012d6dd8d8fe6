"""genrelens.features"""
