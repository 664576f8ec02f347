// A PDS on loopback with the two services it needs: a PLC directory, and the one call that SDKs make of an
// AppView. Prints one line of JSON when it listens; SIGTERM ends it.
import http from 'node:http'
import os from 'node:os'
import fs from 'node:fs'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'

const hex = () => randomBytes(32).toString('hex')
const data = process.env.PDS_DATA_DIRECTORY || fs.mkdtempSync(path.join(os.tmpdir(), 'pds-'))
fs.mkdirSync(path.join(data, 'blobs'), { recursive: true })

const logs = new Map()   // did -> PLC operations; signatures are not checked
const didDoc = (did, op) => ({
  '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
  id: did, alsoKnownAs: op.alsoKnownAs,
  verificationMethod: Object.entries(op.verificationMethods).map(([id, key]) => ({
    id: `${did}#${id}`, type: 'Multikey', controller: did, publicKeyMultibase: key.replace(/^did:key:/, '') })),
  service: Object.entries(op.services).map(([id, s]) => ({ id: `#${id}`, type: s.type, serviceEndpoint: s.endpoint })),
})
const plc = http.createServer(async (req, res) => {
  const send = (code, body) => { res.writeHead(code, { 'content-type': 'application/json' }); res.end(JSON.stringify(body)) }
  const url = new URL(req.url, 'http://x')
  const [did, ...rest] = decodeURIComponent(url.pathname.slice(1)).split('/')
  if (req.method === 'POST') {
    let body = ''
    for await (const c of req) body += c
    logs.set(did, [...(logs.get(did) ?? []), JSON.parse(body)])
    return send(200, {})
  }
  if (did === 'xrpc') {
    const actor = url.searchParams.get('actor')
    if (rest[0] !== 'app.bsky.actor.getProfile') return send(501, { error: 'MethodNotImplemented', message: rest[0] })
    const hit = [...logs].find(([d, l]) => d === actor || l.at(-1).alsoKnownAs?.includes(`at://${actor}`))
    if (!hit) return send(400, { error: 'InvalidRequest', message: 'Profile not found' })
    return send(200, { did: hit[0], handle: hit[1].at(-1).alsoKnownAs[0].slice('at://'.length) })
  }
  const log = logs.get(did)
  if (!log) return send(404, { message: `DID not registered: ${did}` })
  const last = log.at(-1)
  if (rest[0] === 'log') return send(200, rest[1] === 'last' ? last : log)
  if (last.type === 'plc_tombstone') return send(410, { message: `DID not available: ${did}` })
  if (rest[0] === 'data') return send(200, { did, verificationMethods: last.verificationMethods, rotationKeys: last.rotationKeys, alsoKnownAs: last.alsoKnownAs, services: last.services })
  return send(200, didDoc(did, last))
})
plc.listen(0, '127.0.0.1')
await once(plc, 'listening')
const plcUrl = `http://localhost:${plc.address().port}`   // by name: the PDS refuses IP literals when it resolves a DID

Object.assign(process.env, {
  PDS_HOSTNAME: 'localhost', PDS_PORT: process.env.PDS_PORT || '2583',      // a real port: 0 would be written into DID documents
  PDS_DATA_DIRECTORY: data, PDS_BLOBSTORE_DISK_LOCATION: path.join(data, 'blobs'),
  PDS_DID_PLC_URL: plcUrl, PDS_BSKY_APP_VIEW_URL: plcUrl, PDS_BSKY_APP_VIEW_DID: 'did:web:localhost',
  PDS_REPO_SIGNING_KEY_K256_PRIVATE_KEY_HEX: hex(), PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: hex(),
  PDS_JWT_SECRET: process.env.PDS_JWT_SECRET || hex(), PDS_DPOP_SECRET: hex(), PDS_ADMIN_PASSWORD: process.env.PDS_ADMIN_PASSWORD || 'admin',
  PDS_INVITE_REQUIRED: 'false', PDS_DEV_MODE: 'true',
})
const { PDS, readEnv, envToCfg, envToSecrets } = await import('@atproto/pds')
const env = readEnv()
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
await pds.ctx.sequencer.start()
const server = pds.app.listen(pds.ctx.cfg.service.port, '127.0.0.1')   // pds.start() would bind every interface
await once(server, 'listening')
const stop = async () => {
  server.close(); server.closeAllConnections(); plc.close(); plc.closeAllConnections()
  await pds.destroy(); process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
console.log(JSON.stringify({ pds: `http://127.0.0.1:${server.address().port}`, plc: plcUrl, data }))
