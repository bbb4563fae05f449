// Stands for another team's function on one machine.

export const handler = async (event) => console.log(`counted ${event.detail.address}`);
