// Marks what a shared build of the library exports.
#ifndef CXJOURNEY_EXPORT_H_
#define CXJOURNEY_EXPORT_H_

#define CXJ_API [[gnu::visibility("default")]]

#endif  // CXJOURNEY_EXPORT_H_
