# Golden objects of Flower: ids and bytes as the Python package makes them.
import json, sys, base64
import numpy as np
from flwr.app import Array, ArrayRecord, MetricRecord, ConfigRecord, RecordDict
try:
    from flwr.app.message.arraychunk import ArrayChunk
except Exception as e:
    print(e)
import flwr
out={'flwr': __import__('importlib.metadata').metadata.version('flwr'),'arrays':[], 'records':[]}
def of(o):
    return {'id':o.object_id,'bytes':base64.b64encode(o.deflate()).decode()}
cases=[('f4',np.arange(4,dtype='<f4')/3),('f8',np.linspace(-1,1,6).reshape(2,3)),('i8',np.array([-1,2**62],dtype='<i8')),('0d',np.array(2.5,dtype='<f4')),('empty',np.zeros((0,),dtype='<f4')),('zeros',np.zeros((3,2,2),dtype='<f4')),('u1',np.array([0,255],dtype='u1')),('bool',np.array([True,False])),('f2',np.array([1.5,-2],dtype='<f2')),('u8',np.array([2**63+1],dtype='<u8'))]
for name,a in cases:
    arr=Array(a)
    out['arrays'].append({'name':name,'dtype':str(a.dtype),'shape':list(a.shape),'npy':base64.b64encode(arr.data).decode(),'object':of(arr),'chunks':[of(c) for _,c in arr.slice_array()]})
f=np.asfortranarray(np.arange(6,dtype='<f4').reshape(2,3))
out['fortran']={'npy':base64.b64encode(Array(f).data).decode(),'values':f.ravel().tolist()}
ar=ArrayRecord({n:Array(a) for n,a in [('10',cases[0][1]),('2',cases[1][1]),('weight.é"\\\n',cases[5][1])]})
out['records'].append({'kind':'arrays','object':of(ar)})
mr=MetricRecord({'loss':0.25,'num-examples':10,'whole':2.0,'big':2**63+5,'neg':-7,'list':[1.0,2.5],'ints':[1,-2,3],'uints':[1,2**63]})
out['records'].append({'kind':'metrics','object':of(mr)})
cr=ConfigRecord({'server-round':1,'lr':0.1,'name':'é','blob':b'\x00\x01','flag':True,'flags':[True,False],'texts':['a','b'],'blobs':[b'a',b''],'floats':[0.0],'empty':[],'zero':0,'no':False})
out['records'].append({'kind':'config','object':of(cr)})
rd=RecordDict({'arrays':ar,'metrics':mr,'config':cr})
out['records'].append({'kind':'content','object':of(rd)})
# What is awkward: an axis of nothing, names beyond the first plane and of control characters, numbers at the ends, nothing at all.
hollow=Array(np.zeros((0,3),dtype='<f8'))
out['hollow']=of(hollow)
big=Array(np.arange(3,dtype='>f4'))
out['bigEndian']={'dtype':str(big.dtype),'npy':base64.b64encode(big.data).decode()}
cube=np.arange(24,dtype='<i4').reshape(2,3,4).T
out['transposed']={'npy':base64.b64encode(Array(cube).data).decode(),'shape':list(cube.shape),'values':cube.ravel().tolist()}
names=['\U0001f600','a\x7f\b\f\t','','/','\u2028','0','-1']
out['names']=names
named=ArrayRecord({n:Array(np.array(i,dtype='<f4')) for i,n in enumerate(names)})
out['records'].append({'kind':'named','object':of(named)})
ends=MetricRecord({'nan':float('nan'),'inf':float('inf'),'-0':-0.0,'least':-2**63,'most':2**63-1,'beyond':2**64-1,'tiny':5e-324,'none':0,'':1.5,'empty':[]})
out['records'].append({'kind':'ends','object':of(ends)})
none=RecordDict({'a':ArrayRecord(),'m':MetricRecord(),'c':ConfigRecord()})
for kind,o in [('no arrays',ArrayRecord()),('no metrics',MetricRecord()),('no config',ConfigRecord()),('nothing',RecordDict()),('of nothing',none)]:
    out['records'].append({'kind':kind,'object':of(o)})
# Twelve megabytes of zeros: chunks that repeat. Of the bytes only ids.
zeros=Array(np.zeros(4_000_000,dtype='<f4'))
out['repeated']={'object':of(zeros),'chunks':[c.object_id for _,c in zeros.slice_array()]}
json.dump(out,open(sys.argv[1],'w'),indent=1)
