"""genrelens.training"""
