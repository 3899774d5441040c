/**
 * What every route answers, written by hand: status by credentials, by the type of a body (with the right credentials), and for methods that
 * its path does not have. A dash: not asked, because the method has no body. 404 behind a check means that the caller passed it and
 * that nothing has this name.
 */
export const routeTable = `
route                                        none wrong expired revoked foreign right form text json multi other

GET    /admin/                                303   303     303     303     200   200    -    -    -     -   404
GET    /admin/address                         303   303     303     303     200   200    -    -    -     -   404
POST   /admin/address                         303   303     303     303     403   422  422  422  422   422   404
POST   /admin/address/skip                    303   303     303     303     403   303  303  303  303   303   404
GET    /admin/audit                           303   303     303     303     200   200    -    -    -     -   404
GET    /admin/digests/:name                   303   303     303     303     404   404    -    -    -     -   404
GET    /admin/digests/:name/:view             303   303     303     303     404   404    -    -    -     -   404
GET    /admin/digests/:name/frame/:view       303   303     303     303     404   404    -    -    -     -   404
GET    /admin/issues/:id                      303   303     303     303     404   404    -    -    -     -   404
GET    /admin/issues/:id/frame                303   303     303     303     404   404    -    -    -     -   404
GET    /admin/login                           200   200     200     200     200   200    -    -    -     -   404
POST   /admin/login                           401   401     401     401     403   401  401  401  401   401   404
GET    /admin/login/:token                    200   200     200     200     200   200    -    -    -     -   404
POST   /admin/login/:token                    410   410     410     410     403   410  410  410  410   410   404
POST   /admin/logout                          303   303     303     303     403   303  303  303  303   303   404
GET    /admin/mailbox                         303   303     303     303     200   200    -    -    -     -   404
GET    /admin/mailbox/:id                     303   303     303     303     404   404    -    -    -     -   404
GET    /admin/mailbox/:id/html                303   303     303     303     404   404    -    -    -     -   404
GET    /admin/mailbox/:id/source              303   303     303     303     404   404    -    -    -     -   404
GET    /admin/mailbox/:id/text                303   303     303     303     404   404    -    -    -     -   404
GET    /admin/operators                       303   303     303     303     200   200    -    -    -     -   404
POST   /admin/operators                       303   303     303     303     403   422  422  422  422   422   404
GET    /admin/operators/:id                   303   303     303     303     404   404    -    -    -     -   404
POST   /admin/operators/:id/remove            303   303     303     303     403   404  404  404  404   404   404
POST   /admin/operators/:id/role              303   303     303     303     403   404  404  404  404   404   404
GET    /admin/sessions                        303   303     303     303     200   200    -    -    -     -   404
POST   /admin/sessions/:id/end                303   303     303     303     403   303  303  303  303   303   404
GET    /admin/settings                        303   303     303     303     200   200    -    -    -     -   404
GET    /admin/tokens                          303   303     303     303     200   200    -    -    -     -   404
POST   /admin/tokens                          303   303     303     303     403   422  422  422  422   422   404
POST   /admin/tokens/:id/revoke               303   303     303     303     403   303  303  303  303   303   404

GET    /api/v1/articles                       401   401     401     401     200   200    -    -    -     -   405
GET    /api/v1/articles/:slug                 401   401     401     401     200   200    -    -    -     -   405
GET    /api/v1/audit                          401   401     401     401     200   200    -    -    -     -   405
GET    /api/v1/digests                        401   401     401     401     200   200    -    -    -     -   405
POST   /api/v1/digests/:name/issues           401   401     401     401     404   404  415  415  404   415   405
POST   /api/v1/digests/:name/preview          401   401     401     401     404   404  415  415  404   415   405
POST   /api/v1/digests/:name/test             401   401     401     401     404   404  415  415  404   415   405
GET    /api/v1/doctor                         401   401     401     401     200   200    -    -    -     -   405
GET    /api/v1/issues                         401   401     401     401     200   200    -    -    -     -   405
GET    /api/v1/issues/:id                     401   401     401     401     404   404    -    -    -     -   405
GET    /api/v1/issues/:id/deliveries          401   401     401     401     404   404    -    -    -     -   405
POST   /api/v1/issues/:id/approve             401   401     401     401     404   404  415  415  404   415   405
POST   /api/v1/issues/:id/cancel              401   401     401     401     404   404  415  415  404   415   405
POST   /api/v1/issues/:id/pause               401   401     401     401     404   404  415  415  404   415   405
POST   /api/v1/issues/:id/resume              401   401     401     401     404   404  415  415  404   415   405
POST   /api/v1/issues/:id/retry               401   401     401     401     404   404  415  415  404   415   405
POST   /api/v1/issues/:id/uncertain           401   401     401     401     422   422  415  415  422   415   405
GET    /api/v1/operators                      401   401     401     401     200   200    -    -    -     -   405
POST   /api/v1/operators                      401   401     401     401     422   422  415  415  422   415   405
GET    /api/v1/operators/:id                  401   401     401     401     404   404    -    -    -     -   405
PATCH  /api/v1/operators/:id                  401   401     401     401     404   404  415  415  404   415   405
DELETE /api/v1/operators/:id                  401   401     401     401     404   404  415  415  404   415   405
GET    /api/v1/sending                        401   401     401     401     200   200    -    -    -     -   405
POST   /api/v1/sending/hold                   401   401     401     401     200   200  415  415  200   415   405
POST   /api/v1/sending/release                401   401     401     401     200   200  415  415  200   415   405
GET    /api/v1/subscribers                    401   401     401     401     200   200    -    -    -     -   405
POST   /api/v1/subscribers                    401   401     401     401     422   422  415  415  422   415   405
GET    /api/v1/subscribers/:id                401   401     401     401     404   404    -    -    -     -   405
PATCH  /api/v1/subscribers/:id                401   401     401     401     404   404  415  415  404   415   405
DELETE /api/v1/subscribers/:id                401   401     401     401     404   404  415  415  404   415   405
GET    /api/v1/subscribers/count              401   401     401     401     200   200    -    -    -     -   404+405
GET    /api/v1/subscribers/export             401   401     401     401     200   200    -    -    -     -   404+405
POST   /api/v1/subscribers/import             401   401     401     401     422   422  415  422  415   415   404+405
GET    /api/v1/suppressions                   401   401     401     401     200   200    -    -    -     -   405
POST   /api/v1/suppressions                   401   401     401     401     422   422  415  415  422   415   405
DELETE /api/v1/suppressions                   401   401     401     401     422   422  415  415  422   415   405
GET    /api/v1/tokens                         401   401     401     401     200   200    -    -    -     -   405
POST   /api/v1/tokens                         401   401     401     401     422   422  415  415  422   415   405
DELETE /api/v1/tokens/:id                     401   401     401     401     404   404  415  415  404   415   405
GET    /api/v1/webhooks                       401   401     401     401     200   200    -    -    -     -   405
POST   /api/v1/webhooks                       401   401     401     401     422   422  415  415  422   415   405
GET    /api/v1/webhooks/:id                   401   401     401     401     404   404    -    -    -     -   405
PATCH  /api/v1/webhooks/:id                   401   401     401     401     404   404  415  415  404   415   405
DELETE /api/v1/webhooks/:id                   401   401     401     401     404   404  415  415  404   415   405
POST   /api/v1/webhooks/:id/rotate            401   401     401     401     404   404  415  415  404   415   405
POST   /api/v1/webhooks/:id/test              401   401     401     401     404   404  415  415  404   415   405
GET    /api/v1/webhooks/:id/deliveries        401   401     401     401     404   404    -    -    -     -   405
POST   /api/v1/webhooks/:id/deliveries/:delivery/replay 401   401     401     401     404   404  415  415  404   415   405

GET    /metrics                               401   401     401     401     200   200    -    -    -     -   405
POST   /inbound/:provider                     401   401     401     401     400   400  400  400  200   400   405
GET    /healthz                               200   200     200     200     200   200    -    -    -     -   405
GET    /readyz                                200   200     200     200     200   200    -    -    -     -   405

GET    /                                      200   200     200     200     200   200    -    -    -     -   405
GET    /articles/:slug                        200   200     200     200     200   200    -    -    -     -   405
GET    /topics/:topic                         200   200     200     200     200   200    -    -    -     -   405
GET    /authors/:author                       200   200     200     200     200   200    -    -    -     -   405
GET    /assets/:name                          200   200     200     200     200   200    -    -    -     -   405
GET    /media/*path                           404   404     404     404     404   404    -    -    -     -   405
GET    /media/mail/:name                      404   404     404     404     404   404    -    -    -     -   405
GET    /favicon.ico                           200   200     200     200     200   200    -    -    -     -   405
GET    /robots.txt                            200   200     200     200     200   200    -    -    -     -   405
GET    /sitemap.xml                           200   200     200     200     200   200    -    -    -     -   405
GET    /privacy                               200   200     200     200     200   200    -    -    -     -   405
GET    /issues                                200   200     200     200     200   200    -    -    -     -   405
GET    /issues/:id                            404   404     404     404     404   404    -    -    -     -   405
GET    /issues/:id/message                    404   404     404     404     404   404    -    -    -     -   405
GET    /issues/atom.xml                       200   200     200     200     200   200    -    -    -     -   405
GET    /issues/feed.json                      200   200     200     200     200   200    -    -    -     -   405
GET    /issues/feed.xml                       200   200     200     200     200   200    -    -    -     -   405
GET    /go/:id                                404   404     404     404     404   404    -    -    -     -   405
GET    /subscribe                             200   200     200     200     200   200    -    -    -     -   405
POST   /subscribe                             422   422     422     422     422   422  422  422  422   422   405
GET    /subscribe/embed                       200   200     200     200     200   200    -    -    -     -   405
GET    /confirm/:token                        404   404     404     404     404   404    -    -    -     -   405
POST   /confirm/:token                        404   404     404     404     403   404  404  404  404   404   405
GET    /preferences/:token                    404   404     404     404     404   404    -    -    -     -   405
POST   /preferences/:token                    404   404     404     404     403   404  404  404  404   404   405
GET    /preferences/:token/data               404   404     404     404     404   404    -    -    -     -   405
GET    /unsubscribe/:token                    404   404     404     404     404   404    -    -    -     -   405
POST   /unsubscribe/:token                    404   404     404     404     404   404  404  404  404   404   405

GET    /feed.xml                              200   200     200     200     200   200    -    -    -     -   405
GET    /atom.xml                              200   200     200     200     200   200    -    -    -     -   405
GET    /feed.json                             200   200     200     200     200   200    -    -    -     -   405
GET    /topics/:topic/feed.xml                200   200     200     200     200   200    -    -    -     -   405
GET    /authors/:author/feed.xml              200   200     200     200     200   200    -    -    -     -   405
GET    /feed/archive/:month.xml               404   404     404     404     404   404    -    -    -     -   404
GET    /feeds.opml                            200   200     200     200     200   200    -    -    -     -   405
`
