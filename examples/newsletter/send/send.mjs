// Sends a letter: here it only says so.

export async function handler(event, context) {
  const letter = event.detail;
  if (letter.parts.length === 0) {
    throw new Error(`the letter to ${letter.address} is empty`);
  }
  console.log(`sent "${letter.title}" with ${letter.parts.length} parts, request ${context.awsRequestId}`);
  return { sent: true };
}
