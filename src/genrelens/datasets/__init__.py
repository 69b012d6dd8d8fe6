"""genrelens.datasets"""
