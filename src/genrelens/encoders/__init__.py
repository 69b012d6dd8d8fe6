"""genrelens.encoders"""
