"""From a sentence to a ticket: read, asked for what is missing, summed up, posted."""

from handlers.intake.emergency import EmergencyFirst
from handlers.intake.typed import router
from handlers.keyboards.resident import RAnswer, REmergency, RJoin, RPick, RStep
from handlers.replies import ReplyFirst
from handlers.states import Intake
from handlers.switchboard import Routes

router.message.outer_middleware(EmergencyFirst())
router.message.outer_middleware(ReplyFirst())

ROUTES = Routes(
    router=router,
    callbacks=(RStep, RPick, RAnswer, RJoin, REmergency),
    states=(Intake,),
)
