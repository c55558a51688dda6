// cxj_shop [TOUCHPOINTS [SEED]]: writes an invented shop's touchpoints as JSON Lines.
#include <cstdio>
#include <cstdlib>

#include "interchange/json.h"
#include "shop_generator/shop.h"

int main(int argc, char** argv) {
  cxjourney::examples::ShopOptions options;
  if (argc > 1) options.touchpoints = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
  if (argc > 2) options.seed = std::strtoull(argv[2], nullptr, 10);
  for (const cxjourney::Touchpoint& touchpoint : cxjourney::examples::GenerateShop(options)) {
    const std::string json =
        cxjourney::interchange::ToJson(touchpoint, cxjourney::interchange::JsonTimes::kIso);
    if (std::printf("%s\n", json.c_str()) < 0) return 1;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
