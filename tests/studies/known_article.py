"""What is known of the article and its variant without simulating?"""

#: The article: 40 leads, a quarter closes, some are neglected; nothing takes time, nothing comes back.
LEADS, CONVERSION, NEGLECT, NEGLECT_SLA = 40, 0.25, 0.125, 0.02
#: Chance that a lead is won with the SLA and not without it.
RESCUED = CONVERSION * (NEGLECT - NEGLECT_SLA)
