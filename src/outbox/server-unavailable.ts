/** The SMTP server cannot be reached or will not let us in: nothing about any one reader. */
export class ServerUnavailable extends Error {}
