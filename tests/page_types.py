"""The pages that a browser and the audit look at."""

# One of each type; where states differ, one of each state.
PAGES = [
    "/",
    "/about/",
    "/people-and-skills/",
    "/partners/",
    "/partners/nottingham/",
    "/programmes/",
    "/programmes/era/",
    "/programmes/talent/",
    "/programmes/mi-health/",
    "/programmes/equipment-sharing/",
    "/people/",
    "/people/alex-archibald/",
    "/people/jiteen-ahmed/",
    "/topics/",
    "/topics/energy/",
    "/faq/",
    "/contacts/",
    "/contacts/?programme=mi-health&at=keele",
    "/contacts/?programme=nothing&at=nowhere",
    "/figures/",
    "/sources/",
    "/sources/faq/",
    "/no-such-page/",
]
