<?php
// Stores a file, lists images, replaces the image by another file, downloads a variant, and deletes it.
// Needs PHP with curl: php tour.php FILE OTHER
declare(strict_types=1);

[, $file, $other] = $argv;

/** The body of the answer. One that is an error ends the program. */
function ask(string $method, string $path, ?string $file = null, array $headers = []): string
{
    $request = curl_init(getenv('CALOTYPE_SERVER') . $path);
    curl_setopt_array($request, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 120,
        CURLOPT_HTTPHEADER => ['Authorization: Token ' . getenv('CALOTYPE_TOKEN'), ...$headers],
    ]);
    if ($file !== null) {
        curl_setopt($request, CURLOPT_POSTFIELDS, ['original' => new CURLFile($file)]);
    }
    $answer = curl_exec($request);
    $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
    if ($answer === false || $status >= 300) {
        fwrite(STDERR, "$method $path: $status " . ($answer === false ? curl_error($request) : $answer) . "\n");
        exit(1);
    }
    return $answer;
}

// With this key, the upload can be sent again after an error of the network: it is stored once.
$once = ['Idempotency-Key: ' . bin2hex(random_bytes(16))];
$id = json_decode(ask('POST', '/image/', $file, $once))->id;
echo "stored $id\n";
echo 'listed ' . json_decode(ask('GET', '/image/?limit=1&ordering=-created_at'))->count . "\n";
ask('PUT', "/image/$id/", $other);
echo "replaced $id\n";
ask('GET', "/image/$id/?wait=60"); // until the variants are made
$small = ask('GET', "/image/$id/small/");
file_put_contents('small.img', $small);
echo 'downloaded ' . strlen($small) . "\n";
ask('DELETE', "/image/$id/");
echo "deleted $id\n";
