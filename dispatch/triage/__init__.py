"""What a resident's sentence is about: category, emergency, several matters in one.

Works offline, in Chinese and English. ``Triage`` reads a trained model with numpy only;
``dispatch.triage.train`` makes the model and is the only module that needs scikit-learn.
"""

from dispatch.triage.ranker import Ranked, Triage
from dispatch.triage.rules import EmergencyRule, RulesError, TriageRules, load_rules

__all__ = ["EmergencyRule", "Ranked", "RulesError", "Triage", "TriageRules", "load_rules"]
