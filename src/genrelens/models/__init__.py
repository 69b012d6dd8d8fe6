"""genrelens.models"""
