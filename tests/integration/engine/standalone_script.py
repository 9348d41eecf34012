import sys

from certification.engine import BedrockTransport, Deadline, ModelSpec, certify

bedrock = BedrockTransport(sys.argv[1])
model = ModelSpec("amazon.nova-lite-v1:0")
found = certify(model, "us-east-1", bedrock, Deadline(60))
for result in found.results:
    print(f"{result.status:8} {result.points:4.2f} {result.title}")
print(found.verdict, found.score, found.grade, "simulated" if found.simulated else "")
