<?php
// The smallest useful program: two calls of one customer, the second a repeat of the first.
require __DIR__ . '/cxjourney.php';

[, $header, $library, $path] = $argv;
$tracker = new Cxjourney($header, $library, $path);
foreach (['c-1001', 'c-1002'] as $id) {
    [$receipt] = $tracker->record([
        'source' => 'callcentre',
        'id' => $id,
        'channel' => 'CHANNEL_PHONE',
        'purpose' => 'PURPOSE_COMPLAINT',
        'identifiers' => [
            ['namespace' => 'phone', 'value' => '0532 111 22 33'],
            ['namespace' => 'customer_id', 'value' => 'K-1042'],
        ],
    ]);
    $prior = $receipt['verdicts'][0]['repeat_of'] ?? null;
    echo $id, ': ', $prior ? 'repeat of ' . $prior['id'] : 'first contact', "\n";
}
echo 'contacts in 7 days: ', $tracker->contacts7d('phone', '+905321112233'), "\n";
try {
    $tracker->contacts7d('email', 'nobody@example.com');
} catch (CxjourneyException $exception) {
    echo 'nobody: code ', $exception->getCode(), "\n";
}
$tracker->close();
