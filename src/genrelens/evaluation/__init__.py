"""genrelens.evaluation"""
