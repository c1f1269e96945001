import { readIdx } from './data/images/idx.ts'
import { imageTensor } from './data/images/imageSet.ts'
import { fitCodePane } from './protect/certified/fitCodePane.ts'
import { takeCodeRows } from './protect/certified/codeRows.ts'
import { splitUnits } from './protect/certified/splitUnits.ts'
import { certify } from './protect/certified/certify.ts'
import { imageAttribute } from './data/images/attributes.ts'
const M='/work/shared/data/mnist/'
const [epochs,seed,lambda,codes,name]=[Number(process.argv[2]),Number(process.argv[3]),Number(process.argv[4]),Number(process.argv[5]),process.argv[6]??'slant']
const penalty=(process.argv[7]??'kernel') as 'kernel'|'codes'
const all=await readIdx(M+'train-images-idx3-ubyte.gz',M+'train-labels-idx1-ubyte.gz')
const test=await readIdx(M+'t10k-images-idx3-ubyte.gz',M+'t10k-labels-idx1-ubyte.gz')
const cuts={slant:[-0.223638,0.010117],thickness:[1.754014,2.190476]}[name as 'slant']!
const f=imageAttribute(name as any)
const attr=(s:typeof all)=>Int32Array.from({length:s.count},(_,i)=>{const v=f(s.pixels.subarray(i*784,(i+1)*784),28,28);return +(v>cuts[0]!)+ +(v>cuts[1]!)})
const attribute={names:['a','b','c'],of:attr(all)}
const split=splitUnits(Array.from({length:all.count},(_,i)=>String(i)),{shares:{train:32000,validation:3000,calibration:25000,attackTest:0},seed})
let t0=performance.now()
const fit=await fitCodePane({name:'mnist',x:imageTensor(all),label:all.labels!,attribute},split,{epochs,seed,lambda,penalty,codes,beta:1,threads:1})
const secs=(performance.now()-t0)/1000
const cal=split.calibration.open([fit.fixed])
const K=fit.pane.codes
const table=(c:Int32Array,a:Int32Array,l:Int32Array)=>{const t=Array.from({length:K},()=>[0,0,0]);c.forEach((v,i)=>t[v]![a[i]!]!++);return t}
const calX=takeCodeRows({x:imageTensor(all),labels:all.labels!.of},cal.rows)
t0=performance.now()
const cc=await fit.pane.release(calX.x)
const rel=(performance.now()-t0)/1000
const ca=Int32Array.from(cal.rows,r=>attribute.of[r]!)
const T=table(cc,ca,calX.labels)
const c=certify({codes:K,attributes:attribute.names,counts:T},{delta:1e-3,unit:'image',rule:undefined})
const tc=await fit.pane.release(imageTensor(test)), ta=attr(test)
let right=0,att=0; const tl=test.labels!.of
tc.forEach((v,i)=>{const s=fit.codebook.codes[v]!.shares; if(s.indexOf(Math.max(...s))===tl[i])right++; const row=T[v]!; if(row.indexOf(Math.max(...row))===ta[i])att++})
// I(Y;C)/H(Y) on test
const P=new Map<string,number>(),pc=new Map<number,number>(),py=new Map<number,number>();tc.forEach((v,i)=>{const k=v+','+tl[i];P.set(k,(P.get(k)??0)+1);pc.set(v,(pc.get(v)??0)+1);py.set(tl[i]!,(py.get(tl[i]!)??0)+1)})
let I=0,H=0;for(const[k,n]of P){const[a,b]=k.split(',').map(Number);I+=n/1e4*Math.log(n*1e4/pc.get(a!)!/py.get(b!)!)};for(const n of py.values())H-=n/1e4*Math.log(n/1e4)
console.log(name,`e${epochs} seed${seed} λ${lambda} ${penalty} K${K}`,`secs ${secs.toFixed(0)} cpu ${(process.cpuUsage().user/1e6).toFixed(0)} rel ${rel.toFixed(1)}`,'digits',right/100,'V̂',(100*c.estimate).toFixed(2),'U',(100*c.upper).toFixed(2),'attack',att/100,'I/H',(100*I/H).toFixed(2),'bytes',fit.pane.onnx.length)
console.log(fit.prices.map(p=>`${p.codes}:${(100*p.information).toFixed(1)}/${(100*p.accuracy).toFixed(2)}/${(100*p.success).toFixed(1)}`).join(' '))
