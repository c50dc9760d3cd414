/** Listens on this port, or on a free one if it is in use. Resolves with the port. */
export async function listen(server, ip, port) {
	try {
		return await attempt(server, ip, port);
	} catch (error) {
		if (error.code !== "EADDRINUSE" || port === 0) throw error;
		return await attempt(server, ip, 0);
	}
}

function attempt(server, ip, port) {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, ip, () => {
			server.off("error", reject);
			resolve(server.address().port);
		});
	});
}

/** Stops listening and closes open connections. */
export async function close(server) {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
}
