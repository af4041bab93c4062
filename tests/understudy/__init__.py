"""Tests of the understudy."""
