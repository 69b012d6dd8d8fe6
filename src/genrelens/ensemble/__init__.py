"""genrelens.ensemble"""
