// What a service is told of the Flower server behind it, and what of a node's call reaches that.
// Source: Flower 1.42, supernode/fleet_http_client.py (the headers).
// Whoever may ask the service may join the fleet: a server that wants to know its nodes registers their keys.

/** A Flower server whose nodes come through a service. */
export interface FleetOptions {
  /** Its address: `http://host:port` or `https://host:port`. */
  readonly server: string
  /** Certificates in PEM that the server's is checked against, in place of the system's. */
  readonly ca?: string | undefined
}

/** Headers by which a node says who it is. */
export const nodeHeaders = ['flwr-public-key', 'flwr-timestamp', 'flwr-signature'] as const
